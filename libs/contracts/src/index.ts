export { SignIn, SignUp, type AccountView, type SessionView } from './accounts';
export {
  CreateDatabase,
  DatabasesInState,
  SuspendDatabase,
  type DatabaseState,
  type DatabaseView,
  type LimitsView,
  type NewDatabaseView,
  type StorageLevel,
  type StorageView,
  type SuspensionView,
  type UsageView,
  type WriteMode,
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
