#pragma once

/* Fill a page with zeros; returns it. */
void *page_zero(void *page);

/* At boot, see on an unused page whether the harts can zero blocks. */
void page_zero_init(void *page);
