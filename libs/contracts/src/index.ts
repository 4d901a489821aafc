export { SignIn, SignUp, type AccountView, type SessionView } from './accounts';
export {
  CreateDatabase,
  DATABASE_STATES,
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
export { AccountId, DatabaseId, KeyId } from './ids';
export type { Jobs, QueueName } from './jobs';
export { CreateKey, KeyClass, KeyRole, OriginPattern, type KeyView, type NewKeyView } from './keys';
export {
  Batch,
  Statement,
  type BatchView,
  type FieldView,
  type Param,
  type ResultView,
  type SqlRequest,
} from './sql';
