import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '@howdah/kernel';
import { renderError } from './render-error';
import { newRequestId } from './request-id';
import { standingHeaders } from './standing-headers';

/** Answers what is not even HTTP, by hand, as there is no request yet. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = newRequestId();
  const told =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new AppError('payload_too_large', 'The headers are over the limit of 16 kB.')
      : new AppError('invalid_request', 'This is not a valid HTTP request.');
  const { status, body } = renderError(told, requestId);
  const text = JSON.stringify(body);
  const headers = {
    ...standingHeaders(requestId),
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(text)),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const start = `HTTP/1.1 ${status} ${STATUS_CODES[status]}`;
  socket.end(`${[start, ...lines].join('\r\n')}\r\n\r\n${text}`);
}
