export default async function run() { console.log('forked'); return { success: true }; }
