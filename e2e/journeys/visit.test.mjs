// One whole online visit (SY-20), as the people of the clinic and the patient live it: from the public page to the next
// booking, in browsers of their own, over a relay that dies and comes back; and the next one, which ends in person. Each part
// goes on where the one before ended.

import './visit/before.test.mjs';
import './visit/doors.test.mjs';
import './visit/call.test.mjs';
import './visit/end.test.mjs';
import './visit/after.test.mjs';
import './visit/unsuitable.test.mjs';
import './visit/last.test.mjs';
