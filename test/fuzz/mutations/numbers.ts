/** Numbers at the edges of what types hold, as texts, some of which are no numbers. */
export const extremeTexts: readonly string[] = [
  ...["0", "-1", "1", "-0", "1.5", "00", "", "0x10", "NaN", "Infinity", "null", "1e-400", "1e308", "1e999", "-1e999"],
  ...["255", "65536", "2147483647", "2147483648", "-2147483649", "4294967295", "4294967296"],
  ...["9007199254740991", "9007199254740993", "18446744073709551615", "9".repeat(400)],
];

/** Such integers, of which the lowest bytes are written. */
export const extremeIntegers: readonly bigint[] = [
  ...[0n, 1n, 7n, 28n, 0xffn, 0x7fffn, 0xffffn, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n],
  ...[2n ** 32n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n],
];
