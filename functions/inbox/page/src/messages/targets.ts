import { enTargets } from './en-targets.ts'
import { t as settings } from './settings.ts'

/** All words of the page and those of the response targets, which are loaded with them. */
export const t = { ...settings, targets: enTargets }
