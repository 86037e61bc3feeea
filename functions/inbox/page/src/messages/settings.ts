import { enSettings } from './en-settings.ts'
import { t as later } from './later.ts'

/** All words of the page and those of the settings, which are loaded with them. */
export const t = { ...later, settings: enSettings }
