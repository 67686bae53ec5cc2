/** Arcseconds a pixel of the camera (DECam's): the unit of brightness is the sky noise of one such pixel. */
export const cameraPixel = 0.262;

/** Noise of a pixel in each band, as it is shown: z is the noisiest of the survey's three. */
export const bandNoise = [1.15, 0.95, 0.9] as const;
