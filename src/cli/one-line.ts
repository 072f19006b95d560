/** A model may write line breaks; one result is one line all the same. */
export const oneLine = (text: string): string => text.replace(/\s*[\r\n]\s*/g, " ");
