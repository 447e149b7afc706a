package main

import (
	"fmt"
	"time"

	"github.com/cloudnativelabs/kube-router/v2/pkg/utils"
)

const rememberedFor = time.Minute

// rememberingTables answers what it has been asked before. At every change of a pod, the controller of network policies asks
// some twenty questions about its own chains, each by a process of its own, and nothing else on the node changes these chains.
type rememberingTables struct {
	utils.IPTablesHandler
	answers map[string]any
	since   time.Time
}

func (tables *rememberingTables) Exists(table, chain string, rule ...string) (bool, error) {
	return remembered(tables, fmt.Sprint("rule", table, chain, rule), func() (bool, error) {
		return tables.IPTablesHandler.Exists(table, chain, rule...)
	})
}

func (tables *rememberingTables) ChainExists(table, chain string) (bool, error) {
	return remembered(tables, fmt.Sprint("chain", table, chain), func() (bool, error) {
		return tables.IPTablesHandler.ChainExists(table, chain)
	})
}

func (tables *rememberingTables) List(table, chain string) ([]string, error) {
	return remembered(tables, fmt.Sprint("rules", table, chain), func() ([]string, error) {
		return tables.IPTablesHandler.List(table, chain)
	})
}

func (tables *rememberingTables) AppendUnique(table, chain string, rule ...string) error {
	exists, err := tables.Exists(table, chain, rule...)
	if err != nil || exists {
		return err
	}
	tables.forget()
	return tables.IPTablesHandler.Append(table, chain, rule...)
}

func (tables *rememberingTables) Insert(table, chain string, position int, rule ...string) error {
	tables.forget()
	return tables.IPTablesHandler.Insert(table, chain, position, rule...)
}

func (tables *rememberingTables) Delete(table, chain string, rule ...string) error {
	tables.forget()
	return tables.IPTablesHandler.Delete(table, chain, rule...)
}

func (tables *rememberingTables) NewChain(table, chain string) error {
	tables.forget()
	return tables.IPTablesHandler.NewChain(table, chain)
}

func (tables *rememberingTables) forget() {
	tables.answers = map[string]any{}
	tables.since = time.Now()
}

func remembered[Answer any](tables *rememberingTables, question string, ask func() (Answer, error)) (Answer, error) {
	if time.Since(tables.since) > rememberedFor {
		tables.forget()
	}
	if answer, known := tables.answers[question].(Answer); known {
		return answer, nil
	}
	answer, err := ask()
	if err == nil {
		tables.answers[question] = answer
	}
	return answer, err
}
