import * as z from 'zod';

// Zod compiles a parser for each object schema when it is first used. A run uses most of its schemas once or twice, so the
// compiler would take longer than it saves: 40 ms of a deploy of five unchanged skills. The bundle imports this file first.
z.config({ jitless: true });
