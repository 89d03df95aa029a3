/** A measure beside what it is compared with. */
export interface Row {
  /** Number of the target in the list of targets, such as `1`. */
  readonly target: string;
  readonly measure: string;
  readonly ours: string;
  readonly beside: string;
  /** Ours divided by what it is compared with. */
  readonly ratio?: string | undefined;
  readonly goal: string;
  /** Whether the goal is met; `undefined` where the figure depends on a quiet machine and is only written down. */
  readonly met: boolean | undefined;
}

/** A drawing of the note: a file beside it. */
export interface Plot {
  /** File name without its ending. */
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

export interface SectionResult {
  readonly rows: readonly Row[];
  /** Markdown without a heading; `![…](plot:name)` becomes the drawing of this name. */
  readonly text: string;
  readonly plots?: readonly Plot[];
  /** Exact counts that are not what they must be; the command fails. */
  readonly wrong?: readonly string[];
}

/** How a section runs. */
export interface BenchContext {
  /** Minutes instead of an hour: smaller samples, and nothing is written. */
  readonly quick: boolean;
  /** Says what is being done. */
  readonly progress: (message: string) => void;
}

export interface Section {
  /** What `--only` calls it. */
  readonly name: string;
  readonly title: string;
  run(context: BenchContext): Promise<SectionResult>;
}
