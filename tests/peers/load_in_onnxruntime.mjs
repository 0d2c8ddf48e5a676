#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// Loads every .onnx of a folder in ONNX Runtime (CPU) and names those that it refuses or that make it abort. Needs node
// and npm; installs onnxruntime-node into $ORRERY_PEER_NPM (default: ~/.cache/orrery-peers), unless told to do with what
// is installed: then it says that it is skipped, with status 77.
//
// usage: node load_in_onnxruntime.mjs DIR [--installed]
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';
import { execFileSync, spawnSync } from 'node:child_process';

const folder = process.argv[2];
if (!folder) {
    console.error('usage: node load_in_onnxruntime.mjs DIR [--installed]');
    process.exit(2);
}
const npmFolder = process.env.ORRERY_PEER_NPM || path.join(os.homedir(), '.cache', 'orrery-peers');
if (!fs.existsSync(path.join(npmFolder, 'node_modules/onnxruntime-node'))) {
    if (process.argv[3] === '--installed') {
        console.log(`SKIPPED: no onnxruntime-node in ${npmFolder} (ORRERY_PEER_NPM)`);
        process.exit(77);
    }
    fs.mkdirSync(npmFolder, { recursive: true });
    fs.writeFileSync(path.join(npmFolder, 'package.json'), '{"private":true}');
    execFileSync('npm', ['install', '--silent', 'onnxruntime-node'], { cwd: npmFolder, stdio: 'inherit' });
}

// A child loads file after file; when one makes it abort, the next child goes on behind that file.
if (process.argv[3] === '--child') {
    const ort = createRequire(path.join(npmFolder, 'package.json'))('onnxruntime-node');
    for (const name of process.argv.slice(4)) {
        let says = '';
        try {
            const session = await ort.InferenceSession.create(path.join(folder, name), { logSeverityLevel: 4 });
            await session.release();
        } catch (error) {
            says = String(error.message);
        }
        fs.writeSync(1, JSON.stringify([name, says]) + '\n');
    }
    process.exit(0);
}

let names = fs.readdirSync(folder).filter(n => n.endsWith('.onnx')).sort();
let loaded = 0, refused = 0;
while (names.length > 0) {
    const child = spawnSync(process.execPath, [process.argv[1], folder, '--child', ...names],
        { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });
    const answers = child.stdout.toString().split('\n').filter(line => line.startsWith('[')).map(line => JSON.parse(line));
    if (child.status !== 0)
        answers.push([names[answers.length], `ended by ${child.signal || `status ${child.status}`}`]);
    for (const [name, says] of answers)
        if (says === '') {
            ++loaded;
        } else {
            ++refused;
            console.log(`FAIL ${name}: ${says.slice(0, 400)}`);
        }
    names = names.slice(answers.length);
}
console.log(`${loaded} loaded, ${refused} refused`);
process.exit(refused === 0 && loaded > 0 ? 0 : 1);
