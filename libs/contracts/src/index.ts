export { SignIn, SignUp, type AccountView, type SessionView } from './accounts';
export {
  CreateDatabase,
  type DatabaseState,
  type DatabaseView,
  type LimitsView,
  type NewDatabaseView,
} from './databases';
export {
  ERROR_STATUS,
  type ErrorBody,
  type ErrorCode,
  type RequestProblem,
  type SqlErrorFields,
} from './errors';
export { DatabaseId, KeyId } from './ids';
export type { Jobs, QueueName } from './jobs';
export { CreateKey, KeyClass, KeyRole, type KeyView, type NewKeyView } from './keys';
export {
  Batch,
  Statement,
  type BatchView,
  type FieldView,
  type Param,
  type ResultView,
  type SqlRequest,
} from './sql';
