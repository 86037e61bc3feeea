type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }

/** Chooses the form that a language uses for a number. */
export function plural(language: string, options?: Intl.PluralRulesOptions) {
  const rules = new Intl.PluralRules(language, options)
  return (n: number, forms: Forms): string => forms[rules.select(n)] ?? forms.other
}
