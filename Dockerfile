# One image for every process; what runs is chosen by the command (see docker-compose.yml).

FROM node:22-slim AS build
WORKDIR /howdah
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN node scripts/build.mjs

# A stage of its own, so that a change of our code does not install again.
FROM node:22-slim AS packages
WORKDIR /howdah
COPY package.json package-lock.json ./
RUN npm ci --omit=dev && npm cache clean --force

FROM node:22-slim
ENV NODE_ENV=production
WORKDIR /howdah
# Files stay root's: the process can read them and change nothing.
COPY --from=packages /howdah/node_modules ./node_modules
COPY --from=build /howdah/package.json ./
COPY --from=build /howdah/dist ./dist
USER node
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=5 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/apps/gateway/main.js"]
