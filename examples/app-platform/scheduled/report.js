await fetch(process.env.WEB_URL, { method: 'POST', body: 'edition 1' });
