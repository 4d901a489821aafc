import request from 'supertest';
import type { CustomerDatabase } from './customer';

export const OPERATOR_TOKEN = `hdo_${'a'.repeat(48)}`;

const asOperator = (gatewayUrl: string) => ({
  post: (path: string, body: object = {}) =>
    request(gatewayUrl)
      .post(`/v1/operator${path}`)
      .set('authorization', `Bearer ${OPERATOR_TOKEN}`)
      .send(body),
  get: (path: string) =>
    request(gatewayUrl).get(`/v1/operator${path}`).set('authorization', `Bearer ${OPERATOR_TOKEN}`),
});

/** `POST /v1/operator/databases/{id}/suspend`, with nothing expected of the answer. */
export const suspend = ({ gatewayUrl, id }: CustomerDatabase, reason: string) =>
  asOperator(gatewayUrl).post(`/databases/${id}/suspend`, { reason });

/** `POST /v1/operator/databases/{id}/lift`, with nothing expected of the answer. */
export const lift = ({ gatewayUrl, id }: CustomerDatabase) =>
  asOperator(gatewayUrl).post(`/databases/${id}/lift`);

/** `GET /v1/operator/databases?state=suspended`, with nothing expected of the answer. */
export const suspended = (gatewayUrl: string) =>
  asOperator(gatewayUrl).get('/databases?state=suspended');
