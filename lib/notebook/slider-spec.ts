/** The MIME type of a slider in a notebook: this project's own, drawn by the renderers in environment/jupyter/page. */
export const sliderMime = "application/vnd.latent-sky.slider+json";

/** A slider as it stands in a notebook, beside its figure. */
export interface SliderJson {
  /** By which the kernel knows it. */
  id: string;
  label: string;
  min: number;
  max: number;
  step: number;
  value: number;
}

/** What the kernel says to the page: to the opening only where the slider stands, to a new value its figure. */
export interface SliderAnswer {
  value: number;
  figure?: { data: unknown[]; layout: object };
  /** Why there is none. */
  error?: string;
}

/** The target of the comms (messaging protocol, "custom messages") between a page and what a cell displayed. */
export const commTarget = "latent-sky";
