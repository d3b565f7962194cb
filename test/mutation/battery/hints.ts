/** The run that shows a mistake, so that it is played first. A wrong or missing hint costs time only. */
export const SHOWN_BY: Readonly<Record<string, string>> = {};
