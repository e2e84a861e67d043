// The picture: surfaces, the light that goes with the eye, and an eye that turns around a point. It draws when something changes.
import {
  AmbientLight, BufferAttribute, BufferGeometry, Color, ColorManagement, DirectionalLight, DoubleSide, LinearSRGBColorSpace, LineBasicMaterial,
  LineSegments, Matrix4, Mesh, MeshPhongMaterial, OrthographicCamera, Plane, Quaternion, Scene, Vector3, WebGLRenderer,
} from 'three';

import { el } from '../lib/dom';
import type { Picture } from './messages';
import type { Rgb } from './palette';
import type { Cut, Vec } from './vec';

// Bytes of a colour are what the screen shows: the legend and the surface must be the same.
ColorManagement.enabled = false;

/** More pixels than this for each of the page's are work that no eye sees. */
const DENSITY_MAX = 2;
/** A slower picture than this while it is turned is drawn from a lighter form until it rests. */
const SLOW_MS = 45;
const REST_MS = 180;
/** How much of a number's colour the light does not touch. */
const PLAIN = 0.6;
/** A form that every machine turns with ease. */
export const LIGHT_TRIANGLES = 250_000;

export const VIEWS = {
  front: { ja: '正面', en: 'Front', from: [0, -1, 0], up: [0, 0, 1] },
  right: { ja: '右', en: 'Right', from: [-1, 0, 0], up: [0, 0, 1] },
  left: { ja: '左', en: 'Left', from: [1, 0, 0], up: [0, 0, 1] },
  back: { ja: '後', en: 'Back', from: [0, 1, 0], up: [0, 0, 1] },
  above: { ja: '上', en: 'Above', from: [0, 0, 1], up: [0, 1, 0] },
  below: { ja: '下', en: 'Below', from: [0, 0, -1], up: [0, 1, 0] },
} as const satisfies Record<string, { ja: string; en: string; from: Vec; up: Vec }>;
export type View = keyof typeof VIEWS;

/** How a part looks. */
export interface Look {
  visible: boolean;
  /** From 0.1 to 1. */
  opacity: number;
  rgb: Rgb;
  /** The scanner's own colours instead. */
  scanned: boolean;
  /** What is drawn first shows through what is drawn later. */
  order: number;
}

interface Shape {
  geometry: BufferGeometry;
  matrix: Matrix4;
  triangles: number;
  colours: BufferAttribute | undefined;
}

interface Body {
  fine: Shape;
  /** What stands in for `fine` while it is turned on a slow machine. */
  light: Shape | undefined;
  mesh: Mesh<BufferGeometry, MeshPhongMaterial>;
  /** Writes only depth, so that a translucent surface does not show its own inside. */
  veil: Mesh<BufferGeometry, MeshPhongMaterial>;
  lines: LineSegments<BufferGeometry, LineBasicMaterial>;
  look: Look;
  heat: BufferAttribute | undefined;
}

export class Stage {
  readonly canvas = el('canvas', { class: 'hm-canvas' });
  readonly element = el('div', { class: 'hm-picture' }, this.canvas);
  /** Called after each picture, to place what lies over it. */
  drawn: () => void = () => undefined;
  /** Called when the graphics card has dropped the picture (`false`), and when it is back. */
  alive: (is: boolean) => void = () => undefined;
  private readonly renderer: WebGLRenderer;
  private readonly scene = new Scene();
  private readonly camera = new OrthographicCamera(-1, 1, 1, -1, 0, 1);
  private readonly bodies = new Map<string, Body>();
  private readonly target = new Vector3();
  /** Half of the picture's height in mm. */
  private half_mm = 40;
  private radius_mm = 100;
  private planes: Plane[] = [];
  private frame = 0;
  private rest: ReturnType<typeof setTimeout> | undefined;
  private moving = false;
  /** A hand lies on the picture: it may go on at any moment. */
  private held = false;
  private slow = false;
  private last_ms = 0;
  private took_ms = 0;
  private readonly observer = new ResizeObserver(() => this.resized());
  private readonly lost = (event: Event) => {
    event.preventDefault();
    this.alive(false);
  };
  private readonly back = () => {
    this.alive(true);
    this.draw();
  };

  /** Throws where the browser cannot draw in space. */
  constructor() {
    this.renderer = new WebGLRenderer({ canvas: this.canvas, antialias: true, powerPreference: 'high-performance' });
    this.renderer.outputColorSpace = LinearSRGBColorSpace;
    this.renderer.setClearColor(new Color(0.105, 0.115, 0.13), 1);
    this.renderer.localClippingEnabled = true;
    const lamp = new DirectionalLight(0xffffff, 2.2);
    lamp.position.set(-0.35, 0.5, 1);
    const fill = new DirectionalLight(0xffffff, 0.5);
    fill.position.set(0.9, -0.4, 0.5);
    this.camera.add(lamp, lamp.target, fill, fill.target);
    lamp.target.position.set(0, 0, 0);
    this.scene.add(this.camera, new AmbientLight(0xffffff, 0.75));
    this.canvas.addEventListener('webglcontextlost', this.lost);
    this.canvas.addEventListener('webglcontextrestored', this.back);
    this.observer.observe(this.element);
    this.view('front');
  }

  close(): void {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.rest);
    this.observer.disconnect();
    this.canvas.removeEventListener('webglcontextlost', this.lost);
    this.canvas.removeEventListener('webglcontextrestored', this.back);
    for (const file of [...this.bodies.keys()]) this.drop(file);
    this.renderer.dispose();
    // The browser counts contexts, and frees one by itself only when it likes to.
    this.renderer.forceContextLoss();
  }

  /** Shows a level in place of the one before. */
  show(picture: Picture, look: Look): void {
    const shape = shapeOf(picture);
    const known = this.bodies.get(picture.file);
    if (known) {
      const before = known.fine;
      known.fine = shape;
      if (before.triangles <= LIGHT_TRIANGLES && shape.triangles > LIGHT_TRIANGLES) {
        if (known.light && known.light !== before) known.light.geometry.dispose();
        known.light = before;
      } else {
        before.geometry.dispose();
      }
      known.heat = undefined;
      this.dress(known);
      this.draw();
      return;
    }
    const mesh = new Mesh(shape.geometry, material());
    const veil = new Mesh(shape.geometry, new MeshPhongMaterial({ colorWrite: false, side: DoubleSide }));
    const lines = new LineSegments(new BufferGeometry(), new LineBasicMaterial({ depthTest: false, transparent: true }));
    for (const it of [mesh, veil]) {
      it.matrixAutoUpdate = false;
      it.frustumCulled = false;
      this.scene.add(it);
    }
    lines.frustumCulled = false;
    lines.visible = false;
    this.scene.add(lines);
    const body: Body = { fine: shape, light: undefined, mesh, veil, lines, look, heat: undefined };
    this.bodies.set(picture.file, body);
    this.dress(body);
    this.draw();
  }

  drop(file: string): void {
    const body = this.bodies.get(file);
    if (!body) return;
    this.scene.remove(body.mesh, body.veil, body.lines);
    for (const it of [body.fine.geometry, body.light?.geometry, body.mesh.material, body.veil.material, body.lines.geometry, body.lines.material]) it?.dispose();
    this.bodies.delete(file);
  }

  look(file: string, look: Look): void {
    const body = this.bodies.get(file);
    if (!body) return;
    body.look = look;
    this.dress(body);
    this.draw();
  }

  /** Colours for each vertex of the level on screen, or none again. */
  heat(file: string, colours: Uint8Array | undefined): void {
    const body = this.bodies.get(file);
    if (!body) return;
    body.heat = colours && new BufferAttribute(colours, 4, true);
    this.dress(body);
    this.draw();
  }

  cut(cut: Cut | undefined): void {
    this.planes = cut ? [new Plane(new Vector3(...cut.normal), cut.constant)] : [];
    for (const body of this.bodies.values()) {
      if (!cut) body.lines.visible = false;
      this.dress(body);
    }
    this.draw();
  }

  /** The line on which the plane cuts a part. */
  section(file: string, pieces: Float32Array): void {
    const body = this.bodies.get(file);
    if (!body) return;
    body.lines.geometry.dispose();
    body.lines.geometry = new BufferGeometry();
    body.lines.geometry.setAttribute('position', new BufferAttribute(pieces, 3));
    body.lines.visible = body.look.visible && this.planes.length > 0 && pieces.length > 0;
    this.draw();
  }

  /** The box around what is shown: its middle and half its diagonal in mm. */
  box(): { middle: Vec; radius_mm: number } | undefined {
    const [low, high] = [new Vector3(Infinity, Infinity, Infinity), new Vector3(-Infinity, -Infinity, -Infinity)];
    const corner = new Vector3();
    const shown = [...this.bodies.values()].filter((it) => it.look.visible);
    for (const { fine } of shown.length > 0 ? shown : this.bodies.values()) {
      for (const end of ['min', 'max'] as const) {
        corner.copy(fine.geometry.boundingBox![end]).applyMatrix4(fine.matrix);
        low.min(corner);
        high.max(corner);
      }
    }
    if (!(low.x <= high.x)) return undefined;
    return { middle: low.clone().add(high).multiplyScalar(0.5).toArray(), radius_mm: Math.max(0.5, high.distanceTo(low) / 2) };
  }

  // The eye.

  /** Everything that is shown, from where the eye is. */
  whole(): void {
    const box = this.box();
    if (!box) return;
    this.target.set(...box.middle);
    this.radius_mm = box.radius_mm;
    this.half_mm = box.radius_mm * 1.02 * Math.max(1, this.element.clientHeight / Math.max(1, this.element.clientWidth));
    this.aim();
  }

  view(view: View): void {
    const { from, up } = VIEWS[view];
    this.camera.quaternion.setFromRotationMatrix(new Matrix4().lookAt(new Vector3(...from), new Vector3(), new Vector3(...up)));
    this.aim();
  }

  /** Looks along `direction`. */
  along(direction: Vec): void {
    const from = new Vector3(...direction).negate();
    const up = Math.abs(from.z) > 0.9 ? new Vector3(0, 1, 0) : new Vector3(0, 0, 1);
    this.camera.quaternion.setFromRotationMatrix(new Matrix4().lookAt(from, new Vector3(), up));
    this.aim();
  }

  /** Turns around the point in the middle, as if a hand moved the front by so many pixels. */
  turn(x_px: number, y_px: number): void {
    const speed = 2.6 / Math.max(200, Math.min(this.element.clientWidth, this.element.clientHeight));
    const axis = new Vector3(-y_px, -x_px, 0);
    const angle = axis.length() * speed;
    if (angle === 0) return;
    this.camera.quaternion.multiply(new Quaternion().setFromAxisAngle(axis.normalize(), angle)).normalize();
    this.moved();
  }

  /** Turns the picture in its own plane. */
  roll(angle: number): void {
    this.camera.quaternion.multiply(new Quaternion().setFromAxisAngle(new Vector3(0, 0, 1), angle)).normalize();
    this.moved();
  }

  shift(x_px: number, y_px: number): void {
    const mm = this.pixel_mm;
    this.target.add(new Vector3(-x_px * mm, y_px * mm, 0).applyQuaternion(this.camera.quaternion));
    this.moved();
  }

  /** Larger by `by`; the place under (`x`, `y`) of the window stays. */
  zoom(by: number, x?: number, y?: number): void {
    const before = this.half_mm;
    this.half_mm = Math.min(Math.max(this.radius_mm * 4, 1), Math.max(0.25, before / by));
    if (x !== undefined && y !== undefined) {
      const box = this.canvas.getBoundingClientRect();
      const off = new Vector3(x - box.left - box.width / 2, box.top + box.height / 2 - y, 0).multiplyScalar((2 * (before - this.half_mm)) / Math.max(1, box.height));
      this.target.add(off.applyQuaternion(this.camera.quaternion));
    }
    this.moved();
  }

  /** Brings a place into the middle, near enough to be seen. */
  go(at: Vec): void {
    this.target.set(...at);
    this.half_mm = Math.min(this.half_mm, 15);
    this.aim();
  }

  /** What turning turns around. */
  get middle(): Vec {
    return this.target.toArray();
  }

  get direction(): Vec {
    return this.camera.getWorldDirection(new Vector3()).toArray();
  }

  /** One pixel of the page, in mm. */
  get pixel_mm(): number {
    return (2 * this.half_mm) / Math.max(1, this.element.clientHeight);
  }

  /** The line of sight through (`x`, `y`) of the window. */
  ray(x: number, y: number): { origin: Vec; direction: Vec } {
    const box = this.canvas.getBoundingClientRect();
    this.camera.updateMatrixWorld();
    const origin = new Vector3(((x - box.left) / box.width) * 2 - 1, 1 - ((y - box.top) / box.height) * 2, -1).unproject(this.camera);
    return { origin: origin.toArray(), direction: this.direction };
  }

  /** Where a place is seen, in pixels of the picture. */
  seen(at: Vec): { x: number; y: number } {
    const it = new Vector3(...at).project(this.camera);
    return { x: ((it.x + 1) / 2) * this.element.clientWidth, y: ((1 - it.y) / 2) * this.element.clientHeight };
  }

  /** Asks for a picture. */
  draw(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame((now) => this.paint(now));
  }

  private moved(): void {
    this.moving = true;
    this.restSoon();
    this.aim();
  }

  private restSoon(): void {
    clearTimeout(this.rest);
    this.rest = setTimeout(() => {
      if (this.held) return this.restSoon();
      this.moving = false;
      this.draw();
    }, REST_MS);
  }

  /** While a hand lies on the picture, it does not rest. */
  hold(is: boolean): void {
    this.held = is;
    if (this.moving) this.restSoon();
  }

  private aim(): void {
    const { camera } = this;
    const wide = this.element.clientWidth / Math.max(1, this.element.clientHeight);
    const far = this.target.length() + this.radius_mm * 6 + 50;
    camera.left = -this.half_mm * wide;
    camera.right = this.half_mm * wide;
    camera.top = this.half_mm;
    camera.bottom = -this.half_mm;
    camera.near = 0;
    camera.far = 2 * far;
    camera.position.copy(this.target).add(new Vector3(0, 0, far).applyQuaternion(camera.quaternion));
    camera.updateProjectionMatrix();
    camera.updateMatrixWorld();
    this.draw();
  }

  private resized(): void {
    const { clientWidth, clientHeight } = this.element;
    if (clientWidth === 0 || clientHeight === 0) return;
    this.renderer.setPixelRatio(Math.min(DENSITY_MAX, window.devicePixelRatio || 1));
    this.renderer.setSize(clientWidth, clientHeight, false);
    this.aim();
  }

  private paint(now: number): void {
    this.frame = 0;
    if (this.last_ms > 0) {
      // The card works by itself: that a picture was slow shows when the next one is late.
      const took = Math.min(1_000, now - this.last_ms - (this.moving ? 0 : REST_MS));
      this.took_ms = this.took_ms === 0 ? took : this.took_ms * 0.7 + took * 0.3;
      if (this.took_ms > SLOW_MS) this.slow = true;
    }
    this.last_ms = this.moving ? now : 0;
    // Counted from the picture on: one that took long is no rest.
    if (this.moving) this.restSoon();
    const light = this.moving && this.slow;
    for (const body of this.bodies.values()) {
      const shape = light && body.light && !body.heat ? body.light : body.fine;
      for (const it of [body.mesh, body.veil]) {
        it.geometry = shape.geometry;
        it.matrix.copy(shape.matrix);
      }
    }
    this.renderer.render(this.scene, this.camera);
    this.drawn();
  }

  private dress(body: Body): void {
    const { mesh, veil, lines, look, fine, light } = body;
    const coloured = body.heat ?? (look.scanned ? fine.colours : undefined);
    for (const shape of [fine, light]) {
      if (!shape) continue;
      const colours = shape === fine ? coloured : look.scanned ? shape.colours : undefined;
      if (colours) shape.geometry.setAttribute('color', colours);
      else shape.geometry.deleteAttribute('color');
    }
    const clear = look.opacity < 1;
    const paint = mesh.material;
    const rgb = new Color(...(look.rgb.map((it) => it / 255) as [number, number, number]));
    if (coloured) paint.color.setRGB(1, 1, 1);
    else paint.color.copy(rgb);
    paint.specular.setScalar(body.heat ? 0 : 0.11);
    // A colour that means a number is shaded as little as the shape can do with: it is read against the legend.
    (paint.userData['plain'] as { value: number }).value = body.heat ? PLAIN : 0;
    if (paint.vertexColors !== Boolean(coloured) || paint.transparent !== clear) paint.needsUpdate = true;
    paint.vertexColors = Boolean(coloured);
    paint.transparent = clear;
    paint.opacity = look.opacity;
    paint.clippingPlanes = this.planes;
    veil.material.clippingPlanes = this.planes;
    mesh.visible = look.visible;
    veil.visible = look.visible && clear;
    // What is solid is drawn first by the library; of what is translucent, the veil before its own colour.
    mesh.renderOrder = clear ? 10 + look.order * 2 + 1 : 0;
    veil.material.transparent = clear;
    veil.renderOrder = 10 + look.order * 2;
    lines.material.color.copy(rgb).lerp(new Color(1, 1, 1), 0.35);
    lines.renderOrder = 100;
    if (!look.visible) lines.visible = false;
  }
}

function shapeOf(picture: Picture): Shape {
  const geometry = new BufferGeometry();
  // The card multiplies: numbers stay as small as they came.
  const places = new BufferAttribute(picture.places, 4);
  geometry.setAttribute('position', places);
  geometry.setAttribute('normal', new BufferAttribute(picture.normals, 4, true));
  geometry.setIndex(new BufferAttribute(picture.index, 1));
  geometry.computeBoundingBox();
  const { min, step } = picture;
  const matrix = new Matrix4().makeTranslation(...min).multiply(new Matrix4().makeScale(step, step, step));
  return { geometry, matrix, triangles: picture.index.length / 3, colours: picture.colours && new BufferAttribute(picture.colours, 4, true) };
}

/** Matt, like plaster; from inside darker, so that a cut and a hole are seen as such. */
function material(): MeshPhongMaterial {
  const made = new MeshPhongMaterial({ side: DoubleSide, shininess: 28 });
  made.userData['plain'] = { value: 0 };
  made.onBeforeCompile = (shader) => {
    shader.uniforms['plain'] = made.userData['plain'] as { value: number };
    shader.fragmentShader = shader.fragmentShader
      .replace('#include <common>', '#include <common>\nuniform float plain;')
      .replace('#include <color_fragment>', '#include <color_fragment>\n\tif (!gl_FrontFacing) diffuseColor.rgb = mix(diffuseColor.rgb * 0.45, vec3(0.3, 0.16, 0.14), 0.35);')
      .replace('#include <opaque_fragment>', 'outgoingLight = mix(outgoingLight, diffuseColor.rgb, plain);\n\t#include <opaque_fragment>');
  };
  return made;
}
