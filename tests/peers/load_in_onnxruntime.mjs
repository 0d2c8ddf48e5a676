#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// Loads every .onnx of a folder in ONNX Runtime (CPU) and names those that it refuses. Needs node and npm; installs
// onnxruntime-node into $ORRERY_PEER_NPM (default: ~/.cache/orrery-peers).
//
// usage: node load_in_onnxruntime.mjs DIR
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';
import { execFileSync } from 'node:child_process';

const folder = process.argv[2];
if (!folder) {
    console.error('usage: node load_in_onnxruntime.mjs DIR');
    process.exit(2);
}
const npmFolder = process.env.ORRERY_PEER_NPM || path.join(os.homedir(), '.cache', 'orrery-peers');
if (!fs.existsSync(path.join(npmFolder, 'node_modules/onnxruntime-node'))) {
    fs.mkdirSync(npmFolder, { recursive: true });
    fs.writeFileSync(path.join(npmFolder, 'package.json'), '{"private":true}');
    execFileSync('npm', ['install', '--silent', 'onnxruntime-node'], { cwd: npmFolder, stdio: 'inherit' });
}
const ort = createRequire(path.join(npmFolder, 'package.json'))('onnxruntime-node');

let loaded = 0, refused = 0;
for (const name of fs.readdirSync(folder).filter(n => n.endsWith('.onnx')).sort()) {
    try {
        const session = await ort.InferenceSession.create(path.join(folder, name), { logSeverityLevel: 4 });
        await session.release();
        ++loaded;
    } catch (error) {
        ++refused;
        console.log(`FAIL ${name}: ${String(error.message).slice(0, 300)}`);
    }
}
console.log(`${loaded} loaded, ${refused} refused`);
process.exit(refused === 0 && loaded > 0 ? 0 : 1);
