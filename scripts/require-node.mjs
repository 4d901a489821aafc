// Runs before any other module of ours is even parsed, so it keeps to syntax that old Nodes know.
const MAJOR_MIN = 20;
const MINOR_MIN = 19;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < MAJOR_MIN || (major === MAJOR_MIN && minor < MINOR_MIN)) {
  console.error(
    `howdah needs Node ${MAJOR_MIN}.${MINOR_MIN} or newer; this is Node ${process.versions.node} (${process.execPath}).\n` +
      'Install a current one from https://nodejs.org, or with a version manager: nvm install 22',
  );
  process.exit(1);
}
