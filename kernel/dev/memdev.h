#pragma once

/* Register the devices that are no devices: null, zero and full. */
void memdev_init(void);
