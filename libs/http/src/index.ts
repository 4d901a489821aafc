export { createHttpApp, type HttpApp, type HttpAppOptions } from './create-http-app';
export { HttpModule } from './http.module';
export { Metrics } from './metrics';
export { Readiness } from './operation.controller';
export { renderError, type RenderedError } from './render-error';
export { startProcess } from './start-process';
export { parseWith, SchemaPipe } from './schema.pipe';
