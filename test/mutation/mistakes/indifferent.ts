/** Orders of accesses that make no difference on the bus: nobody is asked to notice them. */
import { moved, swapped, type Indifference } from "../mistake.ts";

export const INDIFFERENT: readonly Indifference[] = [];
