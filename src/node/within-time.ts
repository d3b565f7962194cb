/** The promise's value, or undefined when it does not come within so many milliseconds. */
export async function withinTime<Value>(promise: Promise<Value>, milliseconds: number): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined);
  });
  const first = await Promise.race([promise, silence]);
  clearTimeout(timer);
  return first;
}
