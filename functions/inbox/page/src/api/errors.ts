/** The desk refused, or failed. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  /** The path of the wrong field, such as `tags[0]`. */
  readonly attr: string | null
  readonly requestId: string | null
  readonly retryAfterSeconds: number | null
  readonly body: Record<string, unknown>

  constructor(response: Response, body: unknown) {
    const said = (body ?? {}) as Record<string, unknown>
    super(typeof said['detail'] === 'string' ? said['detail'] : `${response.status}`)
    this.status = response.status
    this.code = typeof said['code'] === 'string' ? said['code'] : ''
    this.attr = typeof said['attr'] === 'string' ? said['attr'] : null
    this.requestId = response.headers.get('x-request-id')
    this.retryAfterSeconds = seconds(response.headers.get('retry-after'))
    this.body = said
  }
}

/** No answer came: no network, or not in time. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super('unreachable', { cause })
  }
}

function seconds(header: string | null): number | null {
  const value = header === null ? NaN : Number(header)
  return Number.isFinite(value) && value >= 0 ? value : null
}
