// Calls every method of godo's Apps service, and prints a line of JSON for each: its name, the status of the answer, and the
// fields of the answer that godo does not give back when it marshals what it has decoded.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"sort"
	"time"

	"github.com/digitalocean/godo"
)

// recorder keeps the last answer as it came.
type recorder struct {
	token string
	body  []byte
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	request.Header.Set("Authorization", "Bearer "+r.token)
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	r.body, err = io.ReadAll(response.Body)
	response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(r.body))
	return response, err
}

type outcome struct {
	Method  string   `json:"method"`
	Status  int      `json:"status"`
	Message string   `json:"message,omitempty"`
	Lost    []string `json:"lost,omitempty"`
}

type caller struct {
	recorder *recorder
	called   map[string]bool
}

// call reports one method. The key is the field of the answer that the method returns; empty, if it returns all of it.
func (c *caller) call(method, key string, result any, response *godo.Response, err error) {
	c.called[method] = true
	one := outcome{Method: method}
	if response != nil {
		one.Status = response.StatusCode
	}
	if err != nil {
		one.Message = err.Error()
	} else if result != nil {
		one.Lost = c.lost(key, result)
	}
	line, _ := json.Marshal(one)
	fmt.Println(string(line))
}

func (c *caller) lost(key string, result any) []string {
	var raw any
	check(json.Unmarshal(c.recorder.body, &raw))
	if key != "" {
		raw = raw.(map[string]any)[key]
	}
	text, err := json.Marshal(result)
	check(err)
	var again any
	check(json.Unmarshal(text, &again))
	return missing(raw, again, key)
}

// missing lists the paths whose values differ. What Go's encoder omits equals an absent field.
func missing(raw, again any, path string) []string {
	switch value := raw.(type) {
	case map[string]any:
		other, _ := again.(map[string]any)
		paths := []string{}
		for name, field := range value {
			paths = append(paths, missing(field, other[name], path+"/"+name)...)
		}
		return paths
	case []any:
		other, _ := again.([]any)
		paths := []string{}
		for index, item := range value {
			var same any
			if index < len(other) {
				same = other[index]
			}
			paths = append(paths, missing(item, same, fmt.Sprintf("%s/%d", path, index))...)
		}
		return paths
	}
	if isEmpty(raw) && isEmpty(again) || reflect.DeepEqual(raw, again) || isSameTime(raw, again) {
		return nil
	}
	return []string{fmt.Sprintf("%s: %v, then %v", path, raw, again)}
}

func isEmpty(value any) bool {
	return value == nil || value == false || value == "" || value == 0.0
}

func isSameTime(one, other any) bool {
	first, err1 := time.Parse(time.RFC3339Nano, fmt.Sprint(one))
	second, err2 := time.Parse(time.RFC3339Nano, fmt.Sprint(other))
	return err1 == nil && err2 == nil && first.Equal(second)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func waitUntilLive(apps godo.AppsService, id string) *godo.App {
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); time.Sleep(300 * time.Millisecond) {
		app, _, err := apps.Get(context.Background(), id)
		check(err)
		if app.ActiveDeployment != nil && app.InProgressDeployment == nil && app.PendingDeployment == nil {
			return app
		}
	}
	panic("the app is not live after 90 seconds")
}

func main() {
	url, token, specFile := os.Args[1], os.Getenv("DIGITALOCEAN_ACCESS_TOKEN"), os.Args[2]
	text, err := os.ReadFile(specFile)
	check(err)
	spec := &godo.AppSpec{}
	check(json.Unmarshal(text, spec))

	recorder := &recorder{token: token}
	client, err := godo.New(&http.Client{Transport: recorder}, godo.SetBaseURL(url+"/"))
	check(err)
	apps, ctx := client.Apps, context.Background()
	c := &caller{recorder: recorder, called: map[string]bool{}}

	app, response, err := apps.Create(ctx, &godo.AppCreateRequest{Spec: spec})
	c.call("Create", "app", app, response, err)
	check(err)
	id := app.ID
	app = waitUntilLive(apps, id)
	live := app.ActiveDeployment.ID

	got, response, err := apps.Get(ctx, id)
	c.call("Get", "app", got, response, err)
	list, response, err := apps.List(ctx, &godo.ListOptions{WithProjects: true})
	c.call("List", "apps", list, response, err)
	updated, response, err := apps.Update(ctx, id, &godo.AppUpdateRequest{Spec: app.Spec})
	c.call("Update", "app", updated, response, err)
	waitUntilLive(apps, id)
	proposed, response, err := apps.Propose(ctx, &godo.AppProposeRequest{Spec: spec, AppID: id})
	c.call("Propose", "", proposed, response, err)
	// Without options, godo sends null.
	restarted, response, err := apps.Restart(ctx, id, nil)
	c.call("Restart", "deployment", restarted, response, err)
	waitUntilLive(apps, id)
	deployed, response, err := apps.CreateDeployment(ctx, id)
	c.call("CreateDeployment", "deployment", deployed, response, err)
	waitUntilLive(apps, id)
	one, response, err := apps.GetDeployment(ctx, id, live)
	c.call("GetDeployment", "deployment", one, response, err)
	deployments, response, err := apps.ListDeployments(ctx, id, nil)
	c.call("ListDeployments", "deployments", deployments, response, err)
	newest := deployments[0].ID

	logs, response, err := apps.GetLogs(ctx, id, newest, "web", godo.AppLogTypeRun, true, 0)
	c.call("GetLogs", "", logs, response, err)
	exec, response, err := apps.GetExec(ctx, id, newest, "web")
	c.call("GetExec", "", exec, response, err)
	exec, response, err = apps.GetExecWithOpts(ctx, id, "web", &godo.AppGetExecOptions{DeploymentID: newest})
	c.call("GetExecWithOpts", "", exec, response, err)
	regions, response, err := apps.ListRegions(ctx)
	c.call("ListRegions", "regions", regions, response, err)
	tiers, response, err := apps.ListTiers(ctx)
	c.call("ListTiers", "tiers", tiers, response, err)
	tier, response, err := apps.GetTier(ctx, "basic")
	c.call("GetTier", "tier", tier, response, err)
	sizes, response, err := apps.ListInstanceSizes(ctx)
	c.call("ListInstanceSizes", "instance_sizes", sizes, response, err)
	size, response, err := apps.GetInstanceSize(ctx, "apps-s-1vcpu-0.5gb")
	c.call("GetInstanceSize", "instance_size", size, response, err)
	alerts, response, err := apps.ListAlerts(ctx, id)
	c.call("ListAlerts", "alerts", alerts, response, err)
	check(err)
	destinations := &godo.AlertDestinationUpdateRequest{Emails: []string{"sammy@example.com"}}
	alert, response, err := apps.UpdateAlertDestinations(ctx, id, alerts[0].ID, destinations)
	c.call("UpdateAlertDestinations", "alert", alert, response, err)
	detected, response, err := apps.Detect(ctx, &godo.DetectRequest{SourceDir: "/"})
	c.call("Detect", "", detected, response, err)
	buildpacks, response, err := apps.ListBuildpacks(ctx)
	c.call("ListBuildpacks", "buildpacks", buildpacks, response, err)
	upgraded, response, err := apps.UpgradeBuildpack(ctx, id, godo.UpgradeBuildpackOptions{BuildpackID: "node", MajorVersion: 1})
	c.call("UpgradeBuildpack", "", upgraded, response, err)
	health, response, err := apps.GetAppHealth(ctx, id)
	c.call("GetAppHealth", "app_health", health, response, err)
	databases, response, err := apps.GetAppDatabaseConnectionDetails(ctx, id)
	c.call("GetAppDatabaseConnectionDetails", "connection_details", databases, response, err)
	reset, response, err := apps.ResetDatabasePassword(ctx, id, "db")
	c.call("ResetDatabasePassword", "deployment", reset, response, err)
	trusted, response, err := apps.ToggleDatabaseTrustedSource(ctx, id, "db", godo.ToggleDatabaseTrustedSourceOptions{Enable: true})
	c.call("ToggleDatabaseTrustedSource", "", trusted, response, err)
	instances, response, err := apps.GetAppInstances(ctx, id, &godo.GetAppInstancesOpts{})
	c.call("GetAppInstances", "instances", instances, response, err)

	runs, response, err := apps.ListJobInvocations(ctx, id, &godo.ListJobInvocationsOptions{})
	c.call("ListJobInvocations", "job_invocations", runs, response, err)
	check(err)
	run, response, err := apps.GetJobInvocation(ctx, id, runs[0].ID, &godo.GetJobInvocationOptions{JobName: "migrate"})
	c.call("GetJobInvocation", "job_invocation", run, response, err)
	logs, response, err = apps.GetJobInvocationLogs(ctx, id, runs[0].ID, &godo.GetJobInvocationLogsOptions{JobName: "migrate", TailLines: -1})
	c.call("GetJobInvocationLogs", "", logs, response, err)
	run, response, err = apps.CancelJobInvocation(ctx, id, runs[0].ID, &godo.CancelJobInvocationOptions{JobName: "migrate"})
	c.call("CancelJobInvocation", "job_invocation", run, response, err)
	events, response, err := apps.ListEvents(ctx, id, &godo.ListEventsOptions{})
	c.call("ListEvents", "events", events, response, err)
	check(err)
	event, response, err := apps.GetEvent(ctx, id, events[0].ID)
	c.call("GetEvent", "event", event, response, err)
	logs, response, err = apps.GetEventLogs(ctx, id, events[0].ID, &godo.GetEventLogsOptions{})
	c.call("GetEventLogs", "", logs, response, err)
	next, _, err := apps.CreateDeployment(ctx, id, &godo.DeploymentCreateRequest{ForceBuild: true})
	check(err)
	event, response, err = apps.CancelEvent(ctx, id, next.ID)
	c.call("CancelEvent", "event", event, response, err)
	response, err = apps.Delete(ctx, id)
	c.call("Delete", "", nil, response, err)

	service := reflect.TypeOf((*godo.AppsService)(nil)).Elem()
	forgotten := []string{}
	for index := range service.NumMethod() {
		if name := service.Method(index).Name; !c.called[name] {
			forgotten = append(forgotten, name)
		}
	}
	sort.Strings(forgotten)
	for _, name := range forgotten {
		c.call(name, "", nil, nil, fmt.Errorf("this program does not call it"))
	}
}
