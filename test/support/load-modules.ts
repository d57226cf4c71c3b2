// Loaded before the first test, because an object that waits for Vitest to hand it a module stands still. A deployed Worker
// has its modules at hand.
import "bcryptjs";
import "../../durable-objects/board-postgres.ts";
import "../../queues/index.ts";
import "../../src/domain/board/host-reads.ts";
import "../../src/http/app.ts";
import "../../src/http/guest-pages/answer-board-page.ts";
import "../../src/http/host-pages/sign-in/routes.ts";
import "../../src/http/plain-pages/plain-page.tsx";
import "../../src/http/receipts/receipts-page.tsx";
import "../../src/http/plain-pages/report-page.tsx";
import "../../src/http/plain-pages/send-report.ts";
import "../../src/http/plain-pages/texts.ts";
import "../../src/http/host-pages/create/routes.ts";
import "../../src/http/host-pages/dashboard/routes.tsx";
import "../../src/http/guest-pages/words/af/words.ts";
import "../../src/http/guest-pages/words/zu/words.ts";
import "../../src/http/host-pages/account/routes.ts";
import "../../src/http/host-pages/share/routes.tsx";
import "../../src/http/partner-api/openapi-document.ts";
import "../../src/jobs/run-tick.ts";
import "../../src/media/link-preview.ts";
import "../../src/payments/payfast/history-csv.ts";
import "../../src/platform/board-services.ts";
import "../../src/platform/wiring.ts";
