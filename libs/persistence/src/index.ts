export { ChangeFeed, type ChangingTable } from './change-feed';
export { migrate, type PersistenceOptions } from './data-source';
export { PersistenceModule } from './persistence.module';
export { Remembered, type Loaded } from './remembered';
export { transaction, type Tx } from './transaction';
export { DataSource } from 'typeorm';
