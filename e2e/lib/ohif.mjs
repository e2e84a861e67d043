// The OHIF viewer as its makers publish it, on a server of its own: the built pages out of the npm package, told where our
// DICOMweb is, with which it speaks through a gate that adds the token, as a hospital's reverse proxy would.

import { existsSync, readFileSync } from 'node:fs';
import { createServer, request as ask } from 'node:http';
import { extname, join, normalize } from 'node:path';

import { told } from './place.mjs';

const KINDS = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
};
/** What OHIF's own example says, but for what it may ask of our server. */
const CONFIG = {
  name: 'haruka',
  routerBasename: null,
  extensions: [],
  modes: [],
  customizationService: {},
  showStudyList: true,
  maxNumberOfWebWorkers: 2,
  showWarningMessageForCrossOrigin: false,
  showCPUFallbackMessage: false,
  showLoadingIndicator: true,
  strictZSpacingForVolumeViewport: true,
  investigationalUseDialog: { option: 'never' },
  defaultDataSourceName: 'dicomweb',
  dataSources: [
    {
      namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
      sourceName: 'dicomweb',
      configuration: {
        friendlyName: 'Haruka',
        name: 'haruka',
        wadoUriRoot: '/dicom-web',
        qidoRoot: '/dicom-web',
        wadoRoot: '/dicom-web',
        qidoSupportsIncludeField: true,
        imageRendering: 'wadors',
        thumbnailRendering: 'thumbnail',
        enableStudyLazyLoad: true,
        supportsFuzzyMatching: true,
        supportsWildcard: true,
        omitQuotationForMultipartRequest: true,
        bulkDataURI: { enabled: true },
      },
    },
  ],
};

export class Ohif {
  constructor(haruka, token) {
    this.haruka = new URL(haruka);
    this.token = token;
    this.folder = join(told('HARUKA_TEST_OHIF'), 'dist');
    /** What was asked of us, and how we answered: `200 GET /dicom-web/studies?…`. */
    this.asked = [];
    this.server = createServer((request, response) => this.answer(request, response));
  }

  async start() {
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.base = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  answer(request, response) {
    if (request.url.startsWith('/dicom-web')) return this.pass(request, response);
    const { pathname } = new URL(request.url, this.base);
    if (pathname === '/app-config.js') return this.give(response, '.js', `window.config = ${JSON.stringify(CONFIG)};`);
    const file = join(this.folder, normalize(pathname));
    // Its pages are one page, which reads the address itself.
    const found = file.startsWith(this.folder) && extname(file) !== '' && existsSync(file) ? file : join(this.folder, 'index.html');
    return this.give(response, extname(found), readFileSync(found));
  }

  give(response, extension, body) {
    const head = { 'content-type': KINDS[extension] ?? 'application/octet-stream', 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
    response.writeHead(200, head).end(body);
  }

  pass(request, response) {
    const headers = { ...request.headers, authorization: `Bearer ${this.token}` };
    const { hostname, port } = this.haruka;
    const onward = ask({ hostname, port, method: request.method, path: request.url, headers }, (reply) => {
      this.asked.push(`${reply.statusCode} ${request.method} ${request.url}`);
      response.writeHead(reply.statusCode, reply.headers);
      reply.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }
}
