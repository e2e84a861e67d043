// What stands beside a running call.
import { Panel } from './panel';
import { Tabs } from './tabs';

if (!customElements.get('haruka-panel')) customElements.define('haruka-panel', Panel);
if (!customElements.get('haruka-tabs')) customElements.define('haruka-tabs', Tabs);
