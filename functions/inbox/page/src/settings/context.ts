import { getContext, setContext } from 'svelte'

/** A field that somebody else has set since it was read: both values in words, and the two ways on. */
export type Meanwhile = { theirs: string; mine: string; setAnyway: () => void; takeTheirs: () => void }

/** What a field needs of the form around it. */
export type Faults = { faultOf: (field: string) => string | null; meanwhileOf?: (field: string) => Meanwhile | null }

const KEY = Symbol('form')
export const provideFaults = (faults: () => Faults) => setContext(KEY, faults)
export const useFaults = (): (() => Faults) | undefined => getContext<(() => Faults) | undefined>(KEY)
