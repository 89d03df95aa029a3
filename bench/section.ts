/** A measure, and what it is compared with. */
export interface Row {
  /** Number of the target in the list of targets, such as `1`. */
  readonly target: string;
  readonly measure: string;
  readonly ours: string;
  readonly comparedWith: string;
  /** Ours divided by what it is compared with. */
  readonly ratio?: string | undefined;
  readonly goal: string;
  /** Whether the goal is met; `undefined` where the figure depends on an idle machine and is only recorded. */
  readonly met: boolean | undefined;
}

/** A plot of the note: a file next to it. */
export interface Plot {
  /** File name without extension. */
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

export interface SectionResult {
  readonly rows: readonly Row[];
  /** Markdown without a heading; `![…](plot:name)` becomes the plot of this name. */
  readonly text: string;
  readonly plots?: readonly Plot[];
  /** Exact counts that are wrong. The command then fails. */
  readonly wrong?: readonly string[];
}

/** How a section runs. */
export interface BenchContext {
  /** Minutes instead of an hour: smaller samples, and nothing is written. */
  readonly quick: boolean;
  /** Reports progress. */
  readonly progress: (message: string) => void;
}

export interface Section {
  /** Name for the option `--only`. */
  readonly name: string;
  readonly title: string;
  run(context: BenchContext): Promise<SectionResult>;
}
