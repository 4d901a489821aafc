/** Bytes that a gateway's process has in memory, as its metrics say. */
export async function gatewayMemory(gatewayUrl: string): Promise<number> {
  const metrics = await (await fetch(`${gatewayUrl}/metrics`)).text();
  return Number(/^process_resident_memory_bytes\S* (\S+)$/m.exec(metrics)![1]);
}
