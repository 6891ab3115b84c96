/**
 * Several sources as one.
 *
 * @since 0.1.0
 */
import * as CredentialSource from "./CredentialSource.ts"

/**
 * The first source that holds something; without sources, one that holds nothing.
 *
 * @since 0.1.0
 * @category combinators
 */
export const firstOf = <A, E>(
  sources: ReadonlyArray<CredentialSource.CredentialSource<A, E>>
): CredentialSource.CredentialSource<A, E> => {
  const [first, ...rest] = sources
  return first === undefined
    ? CredentialSource.none
    : rest.reduce((chain, next) => CredentialSource.orElse(chain, next), first)
}
