/** The files of the page: the script and its style sheet, each as text. */
export interface PageFiles {
  readonly script: string;
  readonly style: string;
}

/** Names of the built files. */
export const PAGE_FILES = { script: 'console.js', style: 'console.css' } as const;
