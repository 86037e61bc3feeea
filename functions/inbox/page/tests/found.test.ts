import { expect, test } from 'vitest'
import { found } from '../src/settings/found.ts'

test('every word that was typed is in what is found, whatever the case or the accents', () => {
  const all = ['Émile’s invoice', 'Invoice sent', 'Sorry']
  const with_ = (typed: string) => found(all, typed, (text) => text)
  expect(with_('')).toEqual(all)
  expect(with_('  INVOICE emile ')).toEqual(['Émile’s invoice'])
  expect(with_('sor')).toEqual(['Sorry'])
  expect(with_('nvoice x')).toEqual([])
})
