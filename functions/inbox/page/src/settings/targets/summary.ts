// A policy in a few words.
import { t } from '../../messages/targets.ts'
import { METRICS, type Policy } from './policies.ts'

const words = t.targets

/** What its conditions ask for; empty if it takes every ticket. */
export function conditionsIn({ priority, channels, tags, traits }: Policy): string[] {
  return [
    ...(priority.length > 0 ? [words.priorities(priority.map((one) => t.priority[one]))] : []),
    ...(channels.length > 0 ? [words.either(channels.map((one) => t.channel[one]))] : []),
    ...(tags.length > 0 ? [words.tagged(tags)] : []),
    ...traits.filter(({ name }) => name.trim() !== '').map(({ name, values }) => words.traitIs(name.trim(), values)),
  ]
}

/** What it promises, such as "First answer 4 hours". */
export function promisesIn({ targets }: Policy): { metric: string; amount: string }[] {
  return METRICS.filter((metric) => targets[metric].amount.trim() !== '').map((metric) => {
    const { amount, unit } = targets[metric]
    const number = Number(amount.replace(',', '.'))
    return { metric: words.metrics[metric], amount: Number.isFinite(number) ? words.amount(number, unit) : amount }
  })
}
