import { getContext, setContext } from 'svelte'

/** What a field needs of the form around it. */
export type Faults = { faultOf: (field: string) => string | null }

const KEY = Symbol('form')
export const provideFaults = (faults: () => Faults) => setContext(KEY, faults)
export const useFaults = (): (() => Faults) | undefined => getContext<(() => Faults) | undefined>(KEY)
