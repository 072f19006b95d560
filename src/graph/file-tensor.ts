import { type ArrayOf, arrayTypes, type DType, TensorData } from "./tensor-data.ts";

/** Where numbers lie in a file: row-major, little-endian, without gaps. Plain data: it can be posted to a worker. */
export interface FilePlace {
  readonly folder: string;
  /** The file's name in that folder. */
  readonly name: string;
  /** The first number's byte. */
  readonly offset: number;
}

/**
 * A tensor whose numbers lie in a file, from which an engine can map them: they take no memory of JavaScript. Each time
 * that `data` is asked for it is read anew, so take it once.
 */
export class FileTensor<D extends DType = DType> extends TensorData<D> {
  readonly place: FilePlace;

  constructor(dtype: D, shape: readonly number[], place: FilePlace, read: () => ArrayOf[D]) {
    super(dtype, shape, read);
    this.place = place;
  }
}

/** How many bytes the numbers of a tensor take. They are not read. */
export function bytesOf({ dtype, shape }: TensorData): number {
  return shape.reduce((product, dim) => product * dim, arrayTypes[dtype].BYTES_PER_ELEMENT);
}
