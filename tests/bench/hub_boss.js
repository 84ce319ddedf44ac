// Jobs a second of pg-boss, fetched and completed in batches of 200: what hub_store's claim and settle alone stand
// beside. hub.sh runs it. node hub_boss.js FOLDER_OF_NODE_MODULES HOST USER DATABASE JOBS
const [folder, host, user, database, count] = process.argv.slice(2);
const PgBoss = require(folder + '/node_modules/pg-boss');
const BATCH = 200, ROUNDS = 5;

async function main() {
    const boss = new PgBoss({host, user, database, noSupervisor: true, noScheduling: true});
    boss.on('error', (error) => { throw error; });
    await boss.start();
    const jobs = Math.floor(count / BATCH) * BATCH, rates = [];
    const data = {callId: 'call_3f7b2c9e1a', agentId: 'agt_81c2', direction: 'inbound', from: '+15551234567',
                  to: '+15557654321', durationSeconds: 184, outcome: 'booked'};
    for (let round = 0; round < ROUNDS; round++) {
        for (let i = 0; i < jobs; i += BATCH)
            await boss.insert(Array.from({length: BATCH}, () => ({name: 'deliver', data})));
        const start = process.hrtime.bigint();
        let done = 0;
        while (done < jobs) {
            const batch = await boss.fetch('deliver', BATCH);
            if (!batch) throw new Error('nothing was fetched');
            await boss.complete(batch.map((job) => job.id));
            done += batch.length;
        }
        rates.push(done / (Number(process.hrtime.bigint() - start) / 1e9));
    }
    rates.sort((a, b) => a - b);
    const version = require(folder + '/node_modules/pg-boss/package.json').version;
    console.log(`  pg-boss ${version}: ${rates[ROUNDS >> 1].toFixed(0)} jobs/s fetched and completed in batches of ${BATCH}` +
                ` (median of ${ROUNDS})`);
    await boss.stop({graceful: false});
    process.exit(0);
}
main().catch((error) => { console.error(error); process.exit(1); });
