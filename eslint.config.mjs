import js from "@eslint/js";
import tseslint from "typescript-eslint";
import pulumi from "@pulumi/eslint-plugin";

/** What each folder may import besides itself. Everything else is refused, so that no import leads upwards. */
const mayUse = {
  "documents/shared": [],
  "documents/google": ["documents/shared"],
  "documents/loginUi": ["documents/shared"],
  "documents/prometheus": ["documents/shared"],
  "documents/rules": ["documents/shared"],
  "documents/kratos": ["documents/shared", "documents/rules"],
  "documents/oathkeeper": ["documents/shared", "documents/rules", "documents/kratos"],
  "documents/nginx": [
    "documents/shared",
    "documents/prometheus",
    "documents/rules",
    "documents/kratos",
    "documents/oathkeeper",
  ],
  "documents/admission": ["documents/shared", "documents/rules", "documents/oathkeeper"],
  components: ["documents"],
  testing: ["documents"],
  stacks: ["documents", "components"],
  package: ["documents", "components", "stacks"],
  policy: ["documents", "components"],
  cli: ["documents", "components", "stacks", "policy"],
  dev: ["documents", "components", "stacks", "package", "policy", "cli"],
  bench: ["documents", "components", "stacks", "policy", "cli", "dev", "test"],
  examples: ["components"],
};

/** Folders that files in other folders can name. */
const FOLDERS = [
  "documents",
  "components",
  "testing",
  "stacks",
  "package",
  "policy",
  "cli",
  "dev",
  "bench",
  "test",
  "examples",
];

/** One rule for each folder: a later block of a rule replaces an earlier one, so each block lists everything that is refused. */
const boundaries = Object.entries(mayUse).map(([folder, others]) => {
  const [top] = folder.split("/");
  const refused = FOLDERS.filter((other) => other !== top && !others.includes(other));
  const siblings =
    top === "documents"
      ? Object.keys(mayUse)
          .filter((other) => other.startsWith("documents/") && other !== folder && !others.includes(other))
          .map((other) => `../${other.slice("documents/".length)}/**`)
      : [];
  return {
    files: [`${folder}/**/*.ts`],
    ignores: ["stacks/team/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              // Relative imports only: a package may have a folder of the same name.
              group: [...refused.flatMap((other) => [`../${other}/**`, `../**/${other}/**`]), ...siblings],
              message: `${folder}/ uses ${others.length === 0 ? "nothing but itself" : others.join(", ")}.`,
            },
            ...(top === "documents"
              ? [{ group: ["@pulumi/*"], message: "documents/ is pure: text in, text out." }]
              : []),
          ],
        },
      ],
    },
  };
});

export default tseslint.config(
  { ignores: ["**/dist/", ".portcullis/", "node_modules/", "**/node_modules/"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { project: "tsconfig.json", tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
      // A longer file is about two things.
      "max-lines": ["error", 400],
      // A Pulumi resource exists by being constructed, whether or not anything reads the object.
      "no-new": "off",
    },
  },
  {
    files: ["components/**/*.ts", "stacks/**/*.ts", "index.ts"],
    plugins: { "@pulumi": pulumi },
    rules: { "@pulumi/no-output-in-template-literal": "error" },
  },
  ...boundaries,
  { files: ["**/*.{js,mjs}"], ...tseslint.configs.disableTypeChecked },
  {
    files: ["plugin/*.js"],
    languageOptions: { sourceType: "commonjs", globals: { require: "readonly" } },
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
  // Its types come from its own dependencies, which are not installed here; tsc checks it with this library's.
  { files: ["template/**/*.ts"], ...tseslint.configs.disableTypeChecked },
  {
    files: ["components/scripts/*.mjs"],
    languageOptions: {
      globals: Object.fromEntries(
        ["Buffer", "ngx", "process", "setTimeout"].map((name) => [name, "readonly"]),
      ),
    },
  },
  {
    files: [...["components/scripts/loginUi/*.mjs", "components/scripts/leavers/*.mjs"], "test/grpc/*.mjs"],
    languageOptions: {
      globals: Object.fromEntries(
        ["AbortSignal", "Buffer", "console", "fetch", "process", "URL", "URLSearchParams"].map((name) => [
          name,
          "readonly",
        ]),
      ),
    },
  },
);
