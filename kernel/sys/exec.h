#pragma once

/* Start the first process: it calls prepare(), which may sleep, and then runs
   /init.  Called once, at boot. */
void exec_init(void (*prepare)(void));
