#pragma once

/* Start the first process: it calls prepare(), which may sleep, and then runs
   /init.  Called once, at boot. */
void fork_init(void (*prepare)(void));
