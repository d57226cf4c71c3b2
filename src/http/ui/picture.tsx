import { renditionsAt } from "#domain/pictures";

type PictureProps = Readonly<{
  /** As `ownImage` gives it. */
  src: string;
  alt: string;
  width: number;
  height: number;
  /** How wide it is shown. */
  sizes: string;
  fetchpriority?: "high";
}>;

/** A picture on our own host, in as many sizes as there are of it: the browser takes the one it needs. */
export function Picture({ src, alt, sizes, ...others }: PictureProps) {
  const renditions = renditionsAt(src);
  const usual = renditions[1];
  if (!usual) return <img src={src} alt={alt} {...others} />;
  const srcset = renditions.map(({ path, side }) => `${path} ${side}w`).join(", ");
  return <img src={usual.path} alt={alt} srcset={srcset} sizes={sizes} {...others} />;
}
