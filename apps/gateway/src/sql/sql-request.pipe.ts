import { Batch, type SqlRequest, Statement } from '@howdah/contracts';
import { parseWith } from '@howdah/http';
import { AppError } from '@howdah/kernel';
import { Injectable, type PipeTransform } from '@nestjs/common';

/** `{query, …}` or `{queries: […], …}`: told apart first, so that errors speak of the right one. */
@Injectable()
export class SqlRequestPipe implements PipeTransform<unknown, SqlRequest> {
  transform(body: unknown): SqlRequest {
    if (body === undefined) {
      throw new AppError('invalid_json', 'The body is empty; wanted: {"query": "select 1"}.');
    }
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw new AppError(
        'invalid_request',
        'The body must be a JSON object: {"query": "select 1"} or {"queries": […]}.',
      );
    }
    return 'queries' in body ? parseWith(Batch, body) : parseWith(Statement, body);
  }
}
