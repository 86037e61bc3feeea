type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }

/** Chooses the form that a language uses for a number. */
export function plural(language: string) {
  const rules = new Intl.PluralRules(language)
  return (n: number, forms: Forms): string => forms[rules.select(n)] ?? forms.other
}
