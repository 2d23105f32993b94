/** A view of something that changes, as a client follows it. */
export interface Versioned<View> {
  view: View;
  /** Grows with every change of the projection; `0` while nothing is there. */
  version: string;
  /** Whether it changes no more. */
  isEnded: boolean;
}
