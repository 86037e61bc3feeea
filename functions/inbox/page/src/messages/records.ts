import { enRecords } from './en-records.ts'
import { t as settings } from './settings.ts'

/** All words of the page and those of the settings that list things: quick actions, tags, the audit. */
export const t = { ...settings, records: enRecords }
