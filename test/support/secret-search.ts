/** How a value looks inside text and inside the base64 of something that contains it, at each of the three ways to fall into its groups. */
const formsOf = (value: string): string[] => {
  const encoded = [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
    // Characters that also hold bits of what stands before or after the value say nothing about it.
    const whole = bytes.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
    return [whole, whole.replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [...new Set([value, encodeURIComponent(value), ...encoded])];
};

/** Names of the values that stand somewhere in the texts, plain or in base64. */
export const findSecrets = (secrets: Readonly<Record<string, string>>, texts: Iterable<string>): string[] => {
  const forms = Object.entries(secrets).map(([name, value]) => [name, formsOf(value)] as const);
  const found = new Set<string>();
  for (const text of texts) {
    for (const [name, looks] of forms) if (!found.has(name) && looks.some((form) => text.includes(form))) found.add(name);
  }
  return [...found].toSorted();
};
