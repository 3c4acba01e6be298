// The oracle of the strategic merge: what Kubernetes itself makes of a patch, and how its types say that they merge.
//
//	strategic-merge tags    prints how every field of the named types merges, as JSON
//	strategic-merge types   prints the type of every field below PodSpec, {"PodSpec": {"volumes": "[]Volume"}}, as JSON
//	strategic-merge merge   reads {"type", "live", "patch"} a line, answers {"result"} or {"error"} a line
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
)

var types = map[string]any{
	"Pod":                v1.Pod{},
	"PodSpec":            v1.PodSpec{},
	"Container":          v1.Container{},
	"EphemeralContainer": v1.EphemeralContainer{},
	"ObjectMeta":         metav1.ObjectMeta{},
}

// One field of interest; Path has no indexes: spec.containers.env.
type field struct {
	Path     string `json:"path"`
	Kind     string `json:"kind"`
	Strategy string `json:"strategy,omitempty"`
	Key      string `json:"key,omitempty"`
	// The field is a pointer to a scalar, so that its zero value is written.
	Pointer bool `json:"pointer,omitempty"`
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "tags" {
		fields := []field{}
		for _, name := range []string{"PodSpec", "EphemeralContainer", "ObjectMeta"} {
			fields = walk(fields, reflect.TypeOf(types[name]), name)
		}
		must(json.NewEncoder(os.Stdout).Encode(fields))
		return
	}
	if len(os.Args) == 2 && os.Args[1] == "types" {
		table := map[string]map[string]string{}
		typeOf(reflect.TypeFor[v1.PodSpec](), table)
		must(json.NewEncoder(os.Stdout).Encode(table))
		return
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		must(json.NewEncoder(out).Encode(merge(lines.Bytes())))
	}
	must(lines.Err())
}

func merge(line []byte) (answer map[string]any) {
	// Some patches make apimachinery panic, e.g. text where it expects the key of a map.
	defer func() {
		if cause := recover(); cause != nil {
			answer = map[string]any{"error": fmt.Sprint("panic: ", cause)}
		}
	}()
	var pair struct {
		Type        string
		Live, Patch json.RawMessage
	}
	must(json.Unmarshal(line, &pair))
	result, err := strategicpatch.StrategicMergePatch(pair.Live, pair.Patch, types[pair.Type])
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	return map[string]any{"result": json.RawMessage(result)}
}

// walk lists the fields below a struct. Lists and maps are entered; what marshals itself is a leaf.
func walk(fields []field, t reflect.Type, path string) []field {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" && f.Anonymous {
			fields = walk(fields, f.Type, path)
			continue
		}
		at := path + "." + name
		inner, pointer := f.Type, false
		if inner.Kind() == reflect.Pointer {
			inner, pointer = inner.Elem(), true
		}
		here := field{Path: at, Kind: kindOf(inner), Strategy: f.Tag.Get("patchStrategy"), Key: f.Tag.Get("patchMergeKey")}
		here.Pointer = pointer && here.Kind == "scalar"
		fields = append(fields, here)
		if here.Kind == "list" && kindOf(inner.Elem()) == "struct" {
			fields = walk(fields, inner.Elem(), at)
		} else if here.Kind == "struct" {
			fields = walk(fields, inner, at)
		}
	}
	return fields
}

// typeOf names a type as the wire has it, and adds the fields of every struct on the way to the table.
func typeOf(t reflect.Type, table map[string]map[string]string) string {
	switch t {
	case reflect.TypeFor[metav1.Time](), reflect.TypeFor[metav1.MicroTime]():
		return "string"
	case reflect.TypeFor[metav1.FieldsV1]():
		return "any"
	case reflect.TypeFor[resource.Quantity]():
		return "quantity"
	case reflect.TypeFor[intstr.IntOrString]():
		return "intOrString"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeOf(t.Elem(), table)
	case reflect.Slice:
		return "[]" + typeOf(t.Elem(), table)
	case reflect.Map:
		return "{}" + typeOf(t.Elem(), table)
	case reflect.Struct:
		if table[t.Name()] == nil {
			table[t.Name()] = map[string]string{}
			fieldsOf(t, table[t.Name()], table)
		}
		return t.Name()
	default:
		return t.Kind().String()
	}
}

func fieldsOf(t reflect.Type, fields map[string]string, table map[string]map[string]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" && f.Anonymous {
			fieldsOf(f.Type, fields, table)
		} else {
			fields[name] = typeOf(f.Type, table)
		}
	}
}

func kindOf(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[resource.Quantity]():
		return "quantity"
	case reflect.TypeFor[intstr.IntOrString]():
		return "intOrString"
	case reflect.TypeFor[metav1.Time](), reflect.TypeFor[metav1.FieldsV1]():
		return "scalar"
	}
	switch t.Kind() {
	case reflect.Struct:
		return "struct"
	case reflect.Slice:
		return "list"
	case reflect.Map:
		if t.Elem() == reflect.TypeFor[resource.Quantity]() {
			return "quantities"
		}
		return "texts"
	default:
		return "scalar"
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
