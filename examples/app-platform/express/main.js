import express from 'express';

const app = express();
app.get('/', (_, response) => response.send('hello from express, edition 1'));
app.listen(process.env.PORT ?? 8080);
