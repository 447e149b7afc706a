import js from "@eslint/js";
import tseslint from "typescript-eslint";
import pulumi from "@pulumi/eslint-plugin";

export default tseslint.config(
  { ignores: ["**/dist/", ".portcullis/", "node_modules/", "**/node_modules/"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
      // A Pulumi resource exists by being constructed, whether or not anything reads the object.
      "no-new": "off",
    },
  },
  {
    files: ["components/**/*.ts", "stacks/**/*.ts", "index.ts"],
    plugins: { "@pulumi": pulumi },
    rules: { "@pulumi/no-output-in-template-literal": "error" },
  },
  {
    // What Ory and Google are told is built by pure functions: text in, text out, testable without an engine.
    files: ["documents/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: ["@pulumi/*", "../components/*", "../../components/*"],
              message: "documents/ is pure.",
            },
          ],
        },
      ],
    },
  },
  { files: ["*.mjs", "**/*.mjs"], ...tseslint.configs.disableTypeChecked },
);
